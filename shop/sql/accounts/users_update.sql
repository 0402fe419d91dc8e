UPDATE users SET
    email = COALESCE($2, email),
    email_key = COALESCE($3, email_key),
    display_name = COALESCE($4, display_name),
    avatar_url = COALESCE($5, avatar_url),
    updated_at = $6
WHERE user_id = $1
