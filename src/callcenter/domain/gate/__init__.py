"""May this callback be dialled now? The gate, its rules, and the facts they ask for."""
