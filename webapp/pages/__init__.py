"""The pages for staff: a blueprint reads rows and executes commands, without rules or SQL."""
