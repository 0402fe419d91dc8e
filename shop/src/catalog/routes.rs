//! The catalog over HTTP: bodies in, commands out; queries in, views out.

use diptych_http::{
    ListCall, ListRoute, Money, Problem, Routes, Thing, ThingPaths,
    body::{Integer, Text},
};
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    CreateProduct, ProductId, Rating, ReviewProduct, SetStock, UpdateProduct,
    views::{BY_PRICE, GetProduct, ListProducts, SearchProducts},
};
use crate::{
    accounts::UserId,
    money::{Cents, Price},
};

/// The body of `POST /api/products`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateBody {
    product_id: Option<ProductId>,
    name: Text<1, 200>,
    description: Text<0, 10_000>,
    price: Price,
    category: Text<1, 200>,
    tags: Option<Vec<Text<1, 200>>>,
    stock: Option<Count>,
}

/// The body of `PATCH /api/products/{id}`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateBody {
    version: Option<Count>,
    name: Option<Text<1, 200>>,
    description: Option<Text<0, 10_000>>,
    price: Option<Price>,
    category: Option<Text<1, 200>>,
    tags: Option<Vec<Text<1, 200>>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StockBody {
    stock: Count,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReviewBody {
    user_id: UserId,
    rating: Integer<1, 5>,
    text: Option<Text<0, 1000>>,
}

type Count = Integer<0, { i64::MAX }>;

/// It is not negative.
fn number(count: Count) -> u64 {
    count.get().unsigned_abs()
}

fn strings(texts: Vec<Text<1, 200>>) -> Vec<String> {
    texts.into_iter().map(Text::into_string).collect()
}

/// A bound of prices. Whatever is beyond all amounts bounds as the last of them does.
fn bound(call: &ListCall<'_>, name: &'static str) -> Result<Option<Cents>, Problem> {
    let beyond = |money: Money| if money.cents() < 0 { i64::MIN } else { i64::MAX };
    let cents = |money| Cents::try_from(money).unwrap_or_else(|_| Cents::new(beyond(money)));
    Ok(call.params.money(name)?.map(cents))
}

/// Everything about products.
pub fn routes() -> Routes {
    let product = Thing::new(
        "product",
        "/api/products/{id}",
        "productId",
        "ProductViewUpdated",
        |product_id: ProductId| GetProduct { product_id },
    );
    let paths = ThingPaths { status: "/api/products/{id}/status", stream: "/api/products/{id}/stream" };
    let routes = commands(Routes::new().thing(&product, paths), &product);
    search(routes).list(
        ListRoute::at("/api/products")
            .summary("Products, the cheapest first")
            .filter::<String>("category", "Only those of this category")
            .filter::<Price>("minPrice", "Only those that cost as much or more")
            .filter::<Price>("maxPrice", "Only those that cost as much or less"),
        |call| {
            call.begins_well(|part| BY_PRICE.check(part))?;
            Ok(ListProducts {
                category: call.params.text("category")?.map(Into::into),
                min_price: bound(call, "minPrice")?,
                max_price: bound(call, "maxPrice")?,
                part: call.part.clone(),
            })
        },
    )
}

fn search(routes: Routes) -> Routes {
    routes.list(
        ListRoute::at("/api/products/search")
            .summary("Products by words in their names and descriptions, the best first")
            .filter::<String>("q", "What is searched; typing errors are forgiven")
            .filter::<String>("category", "Only those of this category")
            .filter::<Price>("minPrice", "Only those that cost as much or more")
            .filter::<Price>("maxPrice", "Only those that cost as much or less"),
        |call| {
            call.begins_well(SearchProducts::check)?;
            Ok(SearchProducts {
                text: call.params.text("q")?.map(Into::into).unwrap_or_default(),
                category: call.params.text("category")?.map(Into::into),
                min_price: bound(call, "minPrice")?,
                max_price: bound(call, "maxPrice")?,
                part: call.part.clone(),
            })
        },
    )
}

fn commands(routes: Routes, product: &Thing) -> Routes {
    routes
        .command(
            product.takes(Method::POST, "/api/products").summary("Create a product"),
            |call, body: CreateBody| {
                Ok(CreateProduct {
                    product_id: call.chosen(body.product_id)?,
                    name: body.name.into_string(),
                    description: body.description.into_string(),
                    price: body.price,
                    category: body.category.into_string(),
                    tags: body.tags.map(strings).unwrap_or_default(),
                    stock: body.stock.map(number),
                })
            },
        )
        .command(
            product.takes(Method::PATCH, "/api/products/{id}").summary("Describe a product otherwise"),
            |call, body: UpdateBody| {
                call.version(body.version.map(number));
                Ok(UpdateProduct {
                    product_id: call.id()?,
                    name: body.name.map(Text::into_string),
                    description: body.description.map(Text::into_string),
                    price: body.price,
                    category: body.category.map(Text::into_string),
                    tags: body.tags.map(strings),
                })
            },
        )
        .command(
            product.takes(Method::PUT, "/api/products/{id}/stock").summary("Say how many there are"),
            |call, body: StockBody| Ok(SetStock { product_id: call.id()?, stock: number(body.stock) }),
        )
        .command(
            product.takes(Method::POST, "/api/products/{id}/reviews").summary("Review a product, once"),
            |call, body: ReviewBody| {
                let rating = Rating::new(body.rating.get())
                    .map_err(|error| Problem::invalid("/rating", error.to_string()))?;
                Ok(ReviewProduct {
                    product_id: call.id()?,
                    user_id: body.user_id,
                    rating,
                    text: body.text.map(Text::into_string),
                })
            },
        )
}
