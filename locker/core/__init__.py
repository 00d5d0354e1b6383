"""Pure rules: no clock, no chance, no disk, no wire. Everything that varies is an argument."""
