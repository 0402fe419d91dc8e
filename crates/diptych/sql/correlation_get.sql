SELECT thing, position FROM correlations WHERE correlation_id = $1
