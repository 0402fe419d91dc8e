SELECT * FROM author_stats WHERE author_id = $1
