"""What staff, the sender and the provider can do: each verb reads, decides and appends."""
