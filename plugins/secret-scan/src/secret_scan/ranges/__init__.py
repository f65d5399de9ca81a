"""What is scanned: the range of a build as objects, the work tree, or the whole history."""

from secret_scan.ranges.scan import How, Scan, open_scan, plan_scan
from secret_scan.ranges.tree import read_tree

__all__ = ["How", "Scan", "open_scan", "plan_scan", "read_tree"]
