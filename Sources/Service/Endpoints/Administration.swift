import HTTP
import OpenAI
import Synchronization

/// What changes the server itself.
enum Administration {
    /// `POST /admin/reload`: as SIGHUP, answered when it is done. It takes nothing from the request: what is loaded stands in
    /// the settings.
    static let reload: Endpoint.Answer = { service, _, exchange throws(APIError) in
        guard service.authentication.isRequired || service.settings.isLoopback else {
            throw APIError(
                status: 403, type: "invalid_request_error",
                message: "Only a server with an API key, or one that listens on a loopback address, can be reloaded "
                    + "over HTTP. Send the process SIGHUP instead.",
                parameter: nil, code: "admin_not_allowed")
        }
        let caller = Caller(exchange)
        exchange.exchange.onPeerClosed { [weak caller] in caller?.leave() }
        service.reloads.request { report in
            caller.respond(answer(to: report, service))
        }
    }

    /// Who waits for a reload. One that has left is let go of at once: a reload may take long, and a connection is one of
    /// few. The queue of reloads keeps it until the answer; the exchange refers to it weakly.
    private final class Caller: Sendable {
        private let target: Mutex<ResponseTarget?>

        init(_ target: ResponseTarget) { self.target = Mutex(target) }

        func leave() { target.withLock { $0 = nil } }

        func respond(_ response: Response) { target.withLock { $0 }?.respond(response) }
    }

    private static func answer(to report: ReloadReport, _ service: Service) -> Response {
        do throws(APIError) {
            if let reason = report.reason {
                throw APIError(
                    status: 500, type: "server_error", message: reason, parameter: nil, code: "reload_failed")
            }
            let model = try service.host.model()
            let body = ReloadBody(
                report.status, model: model.card.id, fingerprint: model.fingerprint, taken: report.taken,
                needRestart: report.needRestart)
            return Response(status: 200, json: body.body())
        } catch {
            return Response(error)
        }
    }
}
