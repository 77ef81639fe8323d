"""How the schema came to be, step by step (Alembic). In the package, so that the wheel has it."""
