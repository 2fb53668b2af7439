"""Symbols that machines read: QR codes, DataMatrix, and the French 2D-Doc."""
