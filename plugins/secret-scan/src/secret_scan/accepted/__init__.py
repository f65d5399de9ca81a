"""Which findings are no news: allowed by a comment on their line, or listed in a baseline."""
