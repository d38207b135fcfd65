import Engine
import HTTP
import OpenAI
import Platform

/// What operators ask: alive, ready, metrics, version.
enum Health {
    /// `GET /health`: the process answers, so it is alive.
    static let alive: Endpoint.Answer = { _, _, exchange throws(APIError) in
        exchange.respond(Response(status: 200, json: TextBody.status("ok")))
    }

    /// `GET /ready`: 503 while loading, draining or when the engine shows no sign of life.
    static let ready: Endpoint.Answer = { service, _, exchange throws(APIError) in
        let load = try service.host.backend().engine.load
        guard !load.isDraining else { throw .unavailable("The server is shutting down.", code: "draining") }
        let silence = Clock.monotonicSeconds() - load.heartbeatSeconds
        guard silence <= service.settings.delivery.stuckSeconds else {
            throw .unavailable("The engine has shown no sign of life for \(Int(silence)) s.", code: "stuck")
        }
        exchange.respond(Response(status: 200, json: TextBody.status("ready")))
    }

    /// `GET /metrics`: Prometheus' text format.
    static let metrics: Endpoint.Answer = { service, _, exchange throws(APIError) in
        service.metricsPage.answer(exchange)
    }

    /// `GET /version`.
    static let version: Endpoint.Answer = { service, _, exchange throws(APIError) in
        exchange.respond(Response(status: 200, json: TextBody.version(service.settings.version)))
    }
}
