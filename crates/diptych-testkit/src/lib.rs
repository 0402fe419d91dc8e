//! Given/when/then, the store contract and the projection properties.
