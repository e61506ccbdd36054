"""x"""
def of_tables(module): return []
