"""What happens, and in which order. Decides nothing: the domain decides; does nothing itself: the adapters do."""
