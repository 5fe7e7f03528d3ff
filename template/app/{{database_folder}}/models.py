"""Your tables: subclasses of `app.database.base.Base`. `make migration NAME="add invoices"` finds them here.

Yours to change.
"""
