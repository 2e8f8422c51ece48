"""The benchmark's works for Locust: a bare GET, and five steps with two captures, three checks and cookies."""
import os

from locust import FastHttpUser, HttpUser, constant, task

PATH = os.environ.get("BENCH_PATH", "/1KB")


class Get:
    @task
    def fetch(self):
        self.client.get(PATH, **self.how)


class Journey:
    @task
    def visit(self):
        product = self.client.get("/journey/products", **self.how).json()["items"][0]["id"]
        with self.client.get("/journey/product/" + product, name="/journey/product/[id]", catch_response=True, **self.how) as answer:
            if not answer.json()["price"] > 0:
                answer.failure("price")
        with self.client.post("/journey/cart", json={"productId": product, "quantity": 1}, catch_response=True, **self.how) as answer:
            if answer.status_code == 201:
                answer.success()
            else:
                answer.failure("status")
            cart = answer.json()["cartId"]
        self.client.get("/journey/cart/" + cart, name="/journey/cart/[id]", **self.how)
        order = {"cartId": cart, "paymentMethod": "card"}
        with self.client.post("/journey/orders", json=order, catch_response=True, **self.how) as answer:
            if answer.json().get("orderId") is None:
                answer.failure("orderId")


class HttpGet(Get, HttpUser):
    wait_time, how = constant(0), {"verify": False}


class HttpJourney(Journey, HttpUser):
    wait_time, how = constant(0), {"verify": False}


class FastGet(Get, FastHttpUser):
    wait_time, how, insecure = constant(0), {}, True


class FastJourney(Journey, FastHttpUser):
    wait_time, how, insecure = constant(0), {}, True
