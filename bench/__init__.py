"""How fast it is: figures as ratios to a yardstick that is not ours, measured in one run."""
