-- Which documents were ever opened, without reading the whole journal of a vault.

CREATE INDEX journal_of_reading ON journal (vault, node) WHERE verb = 'read';
