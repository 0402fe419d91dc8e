UPDATE user_views SET
    email = COALESCE($2, email),
    display_name = COALESCE($3, display_name),
    avatar_url = COALESCE($4, avatar_url),
    version = $5,
    changed = $6
WHERE user_id = $1
