"""What couriers do at the touchscreen: drop off, take back, fetch what goes out, end the round."""
