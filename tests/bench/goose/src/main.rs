//! The benchmark's works for Goose: a bare GET, and five steps with two captures, three checks and cookies.
use goose::goose::GooseResponse;
use goose::metrics::GooseRequestMetric;
use goose::prelude::*;
use serde_json::{json, Value};

async fn fetch(user: &mut GooseUser) -> TransactionResult {
    let path = std::env::var("BENCH_PATH").unwrap_or_else(|_| "/1KB".into());
    let answer = user.get(&path).await?;
    if let Ok(response) = answer.response {
        let _ = response.bytes().await;
    }
    Ok(())
}

/// The request, as a failure is told of it, the status (0: no answer) and the JSON of an answer.
async fn value(answer: GooseResponse) -> (GooseRequestMetric, u16, Value) {
    match answer.response {
        Ok(response) => {
            let status = response.status().as_u16();
            (answer.request, status, response.json().await.unwrap_or(Value::Null))
        }
        Err(_) => (answer.request, 0, Value::Null),
    }
}

async fn visit(user: &mut GooseUser) -> TransactionResult {
    let (_, _, products) = value(user.get("/journey/products").await?).await;
    let product = products["items"][0]["id"].as_str().unwrap_or("").to_string();

    let (mut request, _, found) = value(user.get_named(&format!("/journey/product/{product}"), "product").await?).await;
    if found["price"].as_i64().unwrap_or(0) <= 0 {
        return user.set_failure("price", &mut request, None, None);
    }

    let added = user.post_json("/journey/cart", &json!({"productId": product, "quantity": 1})).await?;
    let (mut request, status, added) = value(added).await;
    if status != 201 {
        return user.set_failure("status", &mut request, None, None);
    }
    let cart = added["cartId"].as_str().unwrap_or("").to_string();

    value(user.get_named(&format!("/journey/cart/{cart}"), "cart").await?).await;

    let order = user.post_json("/journey/orders", &json!({"cartId": cart, "paymentMethod": "card"})).await?;
    let (mut request, _, order) = value(order).await;
    if order["orderId"].is_null() {
        return user.set_failure("orderId", &mut request, None, None);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), GooseError> {
    let journey = std::env::var("BENCH_KIND").is_ok_and(|kind| kind == "journey");
    let work = if journey { transaction!(visit) } else { transaction!(fetch) };
    GooseAttack::initialize()?
        .register_scenario(scenario!("Bench").register_transaction(work))
        .execute()
        .await?;
    Ok(())
}
