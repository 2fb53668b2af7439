"""From rows to vaults: batches, whom a row is about, what needs a person's eye, and receipts."""
