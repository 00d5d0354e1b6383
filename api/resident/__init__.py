"""The residents' own pages, on a listener of their own, and the public record of the locker."""
