"""What does an institution demand? One frozen policy made of groups, its presets, and how it is written and changed."""
