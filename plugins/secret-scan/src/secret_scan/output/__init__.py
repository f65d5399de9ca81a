"""What people and programs get to see of a scan; never a secret."""
