"""Services of earlier releases, edited as people do, and updated: nothing of theirs is lost."""
