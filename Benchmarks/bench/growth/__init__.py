"""What something costs when there is a thousand times as much of it: `make bench-growth` draws docs/growth.svg."""
