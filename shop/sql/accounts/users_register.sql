INSERT INTO users (user_id, email, email_key, display_name, avatar_url, registered_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
