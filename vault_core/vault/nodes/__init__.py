"""What a vault holds, as values: folders and documents, their names, sealed records and order."""
