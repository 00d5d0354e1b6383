"""A parcel that lies here: what opens it, holds it, moves it, and what was promised for it."""
