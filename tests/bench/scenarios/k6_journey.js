// Five steps with two captures, three checks and cookies.
import http from 'k6/http';
import { check } from 'k6';

const base = __ENV.BENCH_URL;
const json = { headers: { 'Content-Type': 'application/json' } };

export default function () {
  const product = http.get(`${base}/journey/products`).json('items.0.id');
  check(http.get(`${base}/journey/product/${product}`, { tags: { name: 'product' } }), { price: (r) => r.json('price') > 0 });
  const added = http.post(`${base}/journey/cart`, JSON.stringify({ productId: product, quantity: 1 }), json);
  check(added, { created: (r) => r.status === 201 });
  const cart = added.json('cartId');
  http.get(`${base}/journey/cart/${cart}`, { tags: { name: 'cart' } });
  const order = http.post(`${base}/journey/orders`, JSON.stringify({ cartId: cart, paymentMethod: 'card' }), json);
  check(order, { order: (r) => r.json('orderId') !== undefined });
}
