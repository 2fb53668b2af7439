"""The server's processes: connections, signals, workers, and what runs beside the requests."""
