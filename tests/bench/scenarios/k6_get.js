// A bare GET.
import http from 'k6/http';

export default function () {
  http.get(__ENV.BENCH_URL + __ENV.BENCH_PATH);
}
