"""What would be? A plan worked off until its due day, and another policy tried out."""
