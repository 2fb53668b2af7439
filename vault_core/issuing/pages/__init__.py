"""A certificate's page: set by typst, or filled into a blank that typst set once."""
