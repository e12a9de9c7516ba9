"""The API's own description (OpenAPI 3.1), made from the table of routes."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from callcenter.web.problems import MEDIA_TYPE, TITLES, ProblemDetails
from callcenter.web.routes import Open, Route

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")


def description(routes: Iterable[Route], base: str) -> Json:
    """The whole document. base: the path that all routes of the API begin with."""
    told = [route for route in routes if not route.page]
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemDetails, "serialization")]
    models += [(route.body, "validation") for route in told if route.body]
    models += [(route.answer, "serialization") for route in told if route.answer]
    names, schemas = models_json_schema(
        list(dict.fromkeys(models)), ref_template=REF, schema_generator=GenerateJsonSchema
    )
    paths: dict[str, Json] = {}
    for route in told:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Callcenter",
            "version": version("callcenter"),
            "description": "Customer follow-up calls. Every error is a problem detail (RFC 9457). Instants are UTC.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "callcenter"},
            },
        },
    }


def _operation(route: Route, names: Mapping[Any, Json]) -> Json:
    operation: Json = {"operationId": route.name, "summary": route.summary, "responses": _responses(route, names)}
    if parameters := [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)]:
        operation["parameters"] = parameters
    if route.body:
        content: Json = {"application/json": {"schema": names[route.body, "validation"]}}
        content |= {kind: {} for kind in route.takes}
        operation["requestBody"] = {"required": True, "content": content}
    if route.needs is not Open.TO_ALL:
        operation["security"] = [{"token": []}, {"cookie": []}]
    return operation


def _path_parameters(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=REF)
    defined = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": values.get("description", ""),
            "schema": _inlined({key: value for key, value in values.items() if key != "description"}, defined),
        }
        for name, values in schema.get("properties", {}).items()
    ]


def _header_parameters(route: Route) -> list[Json]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
    return [
        {"name": name, "in": "header", "required": False, "description": meaning, "schema": schema}
        for name, meaning in route.headers.items()
    ]


def _inlined(schema: Any, defined: Mapping[str, Json]) -> Any:
    """Parameters are few and small: their own definitions stand where they are used."""
    if isinstance(schema, list):
        return [_inlined(each, defined) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(defined[schema["$ref"].rsplit("/", 1)[1]], defined)
    return {key: _inlined(value, defined) for key, value in schema.items()}


def _responses(route: Route, names: Mapping[Any, Json]) -> Json:
    fine: Json = {"description": route.summary or "Done."}
    content: Json = {kind: {} for kind in route.content}
    if route.answer:
        content["application/json"] = {"schema": names[route.answer, "serialization"]}
    if content:
        fine["content"] = content
    answers: Json = {str(route.status): fine}
    if "range" in route.problems:
        answers["206"] = fine | {"description": "The part that was asked for."}
    for status, titles in sorted(_problems(route).items()):
        schema = names[ProblemDetails, "serialization"]
        answers[str(status)] = {"description": " ".join(titles), "content": {MEDIA_TYPE: {"schema": schema}}}
    return answers


def _problems(route: Route) -> dict[int, list[str]]:
    codes = {"bad_request", "unavailable", *route.problems}
    if route.needs is not Open.TO_ALL:
        codes |= {"not_signed_in", "forbidden", "cross_origin"}
    if route.query is not None or route.body is not None:
        codes.add("invalid")
    if route.body is not None:
        codes |= {"media_type", "too_large", "too_slow"}
    if "{" in route.path:
        codes.add("not_found")
    found: dict[int, list[str]] = {}
    for code in sorted(codes):
        status, title = TITLES[code]
        found.setdefault(status, []).append(title)
    return found
