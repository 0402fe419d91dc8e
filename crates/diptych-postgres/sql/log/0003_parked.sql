-- Events that a generation could not take and that were put aside, each as JSON. Their payloads stay in the log.
CREATE TABLE {schema}.diptych_parked (
    projection TEXT NOT NULL,
    generation BIGINT NOT NULL,
    position BIGINT NOT NULL,
    parked TEXT NOT NULL,
    PRIMARY KEY (projection, generation, position),
    FOREIGN KEY (projection, generation) REFERENCES {schema}.diptych_generations ON DELETE CASCADE
);
