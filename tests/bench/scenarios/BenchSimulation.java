// The benchmark's works for Gatling: a bare GET, and five steps with two captures, three checks and cookies.
import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;

public class BenchSimulation extends Simulation {
    private ChainBuilder fetch() {
        return exec(http("fetch").get(System.getProperty("bench.path")));
    }

    private ChainBuilder visit() {
        return exec(http("products").get("/journey/products").check(jsonPath("$.items[0].id").saveAs("product")))
            .exec(http("product").get("/journey/product/#{product}").check(jmesPath("price").ofInt().gt(0)))
            .exec(http("cart").post("/journey/cart").asJson().body(StringBody("{\"productId\":\"#{product}\",\"quantity\":1}"))
                .check(status().is(201), jsonPath("$.cartId").saveAs("cart")))
            .exec(http("read cart").get("/journey/cart/#{cart}"))
            .exec(http("order").post("/journey/orders").asJson().body(StringBody("{\"cartId\":\"#{cart}\",\"paymentMethod\":\"card\"}"))
                .check(jsonPath("$.orderId").exists()));
    }

    {
        int users = Integer.getInteger("bench.users"), seconds = Integer.getInteger("bench.seconds");
        ChainBuilder work = "journey".equals(System.getProperty("bench.kind")) ? visit() : fetch();
        setUp(scenario("bench").during(seconds).on(work).injectOpen(atOnceUsers(users)))
            .protocols(http.baseUrl(System.getProperty("bench.url")).disableWarmUp().disableCaching());
    }
}
