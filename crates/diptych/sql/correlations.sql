CREATE TABLE correlations (
    correlation_id TEXT NOT NULL,
    thing TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (correlation_id, thing)
)
