import HTTP
import OpenAI

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
        service.reloads.request { report in
            exchange.respond(answer(to: report, service))
        }
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
