"""What every part of the problem needs: errors, files, archives, types of fields, the hash of the code."""
