//! Orders over HTTP: bodies in, commands out; queries in, views out.

use diptych::{Context, Listed, StreamId};
use diptych_http::{
    Call, ListCall, ListRoute, Problem, Routes, Thing, ThingPaths, ValueRoute,
    body::{Integer, Text},
};
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AddItem, CancelOrder, CreateOrder, Item, OrderId, OrderStatus, PayOrder, ProductId, Quantity, ShipOrder,
    SubmitOrder,
    views::{DailyStats, Dashboard, GetOrder, ListOrders},
};
use crate::{accounts::UserId, money::Price};
