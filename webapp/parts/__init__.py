"""Parts of the application that only some commands use, one module each.

`webapp/bootstrap.py` names the functions here, and imports their modules at first use.
"""
