"""What the pytest plugin does: apart from it, because pytest loads it in every run and before coverage starts."""
