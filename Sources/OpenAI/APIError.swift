import JSON

/// The one error that reaches a client: an HTTP status and the four members of OpenAI's error body.
package struct APIError: Error, Sendable, Equatable {
    /// The HTTP status code, 400…599.
    package var status: Int
    /// OpenAI's class of the error, e.g. `invalid_request_error`.
    package var type: String
    /// What went wrong, for a person.
    package var message: String
    /// The request field at fault, as the client wrote it (`messages[2].content`), if there is one.
    package var parameter: String?
    /// A stable word for programs, e.g. `context_length_exceeded`.
    package var code: String?
    /// For overload: whole seconds until another try is worth it; becomes `Retry-After`.
    package var retryAfterSeconds: Int?

    /// Puts an error together; the named constructors below are the usual way.
    package init(status: Int, type: String, message: String, parameter: String?, code: String?) {
        self.status = status
        self.type = type
        self.message = message
        self.parameter = parameter
        self.code = code
        self.retryAfterSeconds = nil
    }

    /// The JSON error body: `{"error": {"message", "type", "param", "code"}}`, all four members always present.
    package func body() -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 128 + message.utf8.count)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.key("message")
        writer.string(message)
        writer.key("type")
        writer.string(type)
        writer.key("param")
        writer.optionalString(parameter)
        writer.key("code")
        writer.optionalString(code)
        writer.endObject()
        writer.endObject()
    }
}

extension APIError {
    /// 400: a field has a wrong type, a value out of range, or contradicts another.
    package static func invalid(_ parameter: String, _ message: String) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error", message: message, parameter: parameter, code: "invalid_value")
    }

    /// 400: a field that must be there is absent.
    package static func missing(_ parameter: String) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error", message: "Missing required parameter: '\(parameter)'.",
            parameter: parameter, code: "missing_required_parameter")
    }

    /// 400: a field this server knows but does not serve.
    package static func unsupported(_ parameter: String, _ message: String) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error", message: message, parameter: parameter,
            code: "unsupported_parameter")
    }

    /// 400: the body is not JSON, or not the kind of JSON a request is.
    package static func invalidJSON(_ reason: String) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error", message: "The request body is not valid JSON: \(reason)",
            parameter: nil, code: "invalid_json")
    }

    /// 400: the body is JSON, but an array, a number or a text.
    package static var notAnObject: APIError {
        APIError(
            status: 400, type: "invalid_request_error", message: "The request body must be a JSON object.",
            parameter: nil, code: "invalid_json")
    }

    /// 401: no API key, or one that is not on the list.
    package static func invalidAPIKey(isPresent: Bool) -> APIError {
        let message =
            isPresent
            ? "Incorrect API key provided."
            : "You didn't provide an API key. Send it as 'Authorization: Bearer YOUR_KEY'."
        return APIError(
            status: 401, type: "invalid_request_error", message: message, parameter: nil, code: "invalid_api_key")
    }

    /// 404: the model named in the request is none of those that are served.
    package static func modelNotFound(_ name: String, served: [String]) -> APIError {
        let names = served.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
        return APIError(
            status: 404, type: "invalid_request_error",
            message: "The model '\(name.clipped)' does not exist. Served here: \(names); 'default' means the first.",
            parameter: "model", code: "model_not_found")
    }

    /// 400: the prompt and the room asked for do not fit; all counts in tokens. `isLeast` where counting stopped early.
    package static func contextLengthExceeded(
        context: Int, promptTokens: Int, isLeast: Bool = false, completionTokens: Int?, parameter: String
    ) -> APIError {
        var message = "This model's maximum context length is \(context) tokens. However, "
        if let completionTokens {
            message += "you requested \(promptTokens.addingReportingOverflow(completionTokens).partialValue) tokens "
            message += "(\(promptTokens) in the prompt, \(completionTokens) for the completion). "
        } else {
            message +=
                "your prompt has \(isLeast ? "at least " : "")\(promptTokens) tokens, which leaves no room for a completion. "
        }
        message += "Please reduce the length of the prompt or of the completion."
        return APIError(
            status: 400, type: "invalid_request_error", message: message, parameter: parameter,
            code: "context_length_exceeded")
    }

    /// 415: the body is declared as something other than JSON.
    package static func unsupportedMediaType(_ message: String) -> APIError {
        APIError(
            status: 415, type: "invalid_request_error", message: message, parameter: nil,
            code: "unsupported_media_type")
    }

    /// 429: the waiting queue is full.
    package static func overloaded(retryAfterSeconds: Int) -> APIError {
        var error = APIError(
            status: 429, type: "rate_limit_error",
            message: "The server is busy: its waiting queue is full. Please try again in \(retryAfterSeconds) s.",
            parameter: nil, code: "rate_limit_exceeded")
        error.retryAfterSeconds = retryAfterSeconds
        return error
    }

    /// 503: the server is loading its model, shutting down, or stuck.
    package static func unavailable(_ message: String, code: String) -> APIError {
        APIError(status: 503, type: "server_error", message: message, parameter: nil, code: code)
    }

    /// 400: an answer that its form leads nowhere; asking again would lead there again.
    package static func unfollowable(_ reason: String) -> APIError {
        APIError(
            status: 400, type: "invalid_request_error",
            message: "The answer cannot go on in the form that was asked for: \(reason). A simpler form helps.",
            parameter: nil, code: "form_too_complex")
    }

    /// 500: our fault.
    package static func server(_ message: String) -> APIError {
        APIError(status: 500, type: "server_error", message: message, parameter: nil, code: nil)
    }

    /// The error body for refusals of the HTTP layer, which knows a status, a sentence and maybe a code.
    package static func body(status: Int, message: String, code: String?) -> [UInt8] {
        let type = status >= 500 ? "server_error" : "invalid_request_error"
        return APIError(status: status, type: type, message: message, parameter: nil, code: code).body()
    }
}

extension String {
    /// The first 64 scalars, so that an error never carries a megabyte back.
    var clipped: String {
        let limit = 64
        guard unicodeScalars.count > limit else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(limit))) + "…"
    }
}

extension JSONWriter {
    /// A string, or null.
    mutating func optionalString(_ text: String?) {
        guard let text else { return null() }
        string(text)
    }
}
