"""The benchmark's works for Locust: a bare GET, and five steps with two captures, three checks and cookies."""
import os

from locust import FastHttpUser, HttpUser, constant

PATH = os.environ.get("BENCH_PATH", "/1KB")


def fetch(user):
    user.client.get(PATH, **user.how)


def visit(user):
    product = user.client.get("/journey/products", **user.how).json()["items"][0]["id"]
    with user.client.get("/journey/product/" + product, name="/journey/product/[id]", catch_response=True, **user.how) as answer:
        if not answer.json()["price"] > 0:
            answer.failure("price")
    with user.client.post("/journey/cart", json={"productId": product, "quantity": 1}, catch_response=True, **user.how) as answer:
        if answer.status_code == 201:
            answer.success()
        else:
            answer.failure("status")
        cart = answer.json()["cartId"]
    user.client.get("/journey/cart/" + cart, name="/journey/cart/[id]", **user.how)
    order = {"cartId": cart, "paymentMethod": "card"}
    with user.client.post("/journey/orders", json=order, catch_response=True, **user.how) as answer:
        if answer.json().get("orderId") is None:
            answer.failure("orderId")


class HttpGet(HttpUser):
    tasks = [fetch]
    wait_time, how = constant(0), {"verify": False}


class HttpJourney(HttpUser):
    tasks = [visit]
    wait_time, how = constant(0), {"verify": False}


class FastGet(FastHttpUser):
    tasks = [fetch]
    wait_time, how, insecure = constant(0), {}, True


class FastJourney(FastHttpUser):
    tasks = [visit]
    wait_time, how, insecure = constant(0), {}, True
