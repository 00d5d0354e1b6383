"""What is kept for a dispute: pictures of the front, and temperatures of cold compartments."""
