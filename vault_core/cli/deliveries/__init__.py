"""Issuers' files on their way into vaults: batches, reviews, receipts."""
