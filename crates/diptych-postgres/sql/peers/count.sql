SELECT count(*) FROM {schema}.diptych_peers WHERE seen_until > clock_timestamp()
