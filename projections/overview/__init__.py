"""Numbers about whole campaigns: standings, their changes over time, and times to delivery."""
