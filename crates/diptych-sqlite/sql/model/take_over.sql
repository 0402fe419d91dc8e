UPDATE diptych_generation
SET epoch = epoch + 1, owner = ?1
WHERE id = 1
RETURNING position, epoch
