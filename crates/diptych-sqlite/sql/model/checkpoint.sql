SELECT position, epoch FROM diptych_generation WHERE id = 1
