import HTTP
import JSON
import OpenAI
import Platform
import Sampling

/// What a request that has been read goes on with once the form of its answers is known, which may be on another thread.
struct Answering: Sendable {
    let service: Service
    let backend: Backend
    let request: AdmittedRequest
    let exchange: ResponseTarget
    /// What the request's options, its tools and the form that it wants hold of the memory that all requests share.
    let memory: ByteClaim

    /// Holds what is needed until then; of the request no more than its names and what its body says.
    init(
        service: Service, backend: Backend, request: Request, exchange: ResponseTarget
    ) throws(APIError) {
        memory = ByteClaim(service.memory)
        try memory.need(JSONFootprint(request.body).bytes)
        self.service = service
        self.backend = backend
        self.request = AdmittedRequest(request, service.authentication)
        self.exchange = exchange
    }

    /// Hands every prompt to the engine, or tells the client what is wrong.
    func begin(_ job: GenerationJob, _ form: Result<(any TokenConstraint)?, APIError>) {
        do throws(APIError) {
            var job = job
            job.constraint = try form.get()
            try Delivery(self, job).begin()
        } catch {
            exchange.respond(Response(job.dialect.localised(error)))
        }
    }
}

/// What is kept of a request once it has been read: never its body.
struct AdmittedRequest: Sendable {
    /// Its name in answers and logs.
    let id: String
    /// When its first byte arrived, in monotonic seconds.
    let receivedAt: Double
    /// Whose it is.
    let tenant: [UInt8]

    /// The names of a request.
    init(_ request: Request, _ authentication: Authentication) {
        id = request.id
        receivedAt = request.receivedAt
        tenant = authentication.tenant(request.head.fields)
    }
}
