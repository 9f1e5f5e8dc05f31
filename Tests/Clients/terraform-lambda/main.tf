terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "port" {
  type = number
}

variable "package" {
  type = string
}

# Everything that can be changed in place follows from it.
variable "stage" {
  type    = string
  default = "first"
}

locals {
  second = var.stage == "second"
}

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

resource "aws_iam_role" "function" {
  name = "functions"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }
    ]
  })
}

resource "aws_lambda_layer_version" "shared" {
  layer_name               = "shared"
  description              = "Shared code"
  license_info             = "Apache-2.0"
  filename                 = "layer.zip"
  source_code_hash         = filebase64sha256("layer.zip")
  compatible_runtimes      = ["python3.11", "python3.12"]
  compatible_architectures = ["x86_64"]
}

resource "aws_lambda_layer_version_permission" "everyone" {
  layer_name     = aws_lambda_layer_version.shared.layer_name
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "everyone"
  action         = "lambda:GetLayerVersion"
  principal      = "*"
}

resource "aws_lambda_function" "work" {
  function_name                  = "work"
  description                    = "Work of ${var.stage}"
  role                           = aws_iam_role.function.arn
  runtime                        = "python3.11"
  handler                        = "app.handler"
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  memory_size                    = local.second ? 256 : 128
  timeout                        = local.second ? 20 : 10
  layers                         = local.second ? [] : [aws_lambda_layer_version.shared.arn]
  reserved_concurrent_executions = local.second ? 7 : 5
  publish                        = true

  environment {
    variables = {
      STAGE = var.stage
    }
  }

  ephemeral_storage {
    size = local.second ? 1024 : 512
  }

  tags = {
    stage = var.stage
  }
}

resource "aws_lambda_function" "failures" {
  function_name = "failures"
  role          = aws_iam_role.function.arn
  runtime       = "python3.11"
  handler       = "app.handler"
  filename      = var.package
  publish       = true
}

resource "aws_lambda_provisioned_concurrency_config" "failures" {
  function_name                     = aws_lambda_function.failures.function_name
  qualifier                         = aws_lambda_function.failures.version
  provisioned_concurrent_executions = local.second ? 2 : 1
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = var.stage
  function_name    = aws_lambda_function.work.function_name
  function_version = local.second ? "2" : "1"

  dynamic "routing_config" {
    for_each = local.second ? [0.25] : []
    content {
      additional_version_weights = {
        "1" = routing_config.value
      }
    }
  }
}

resource "aws_lambda_permission" "live" {
  statement_id   = "lattice"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.work.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "vpc-lattice.amazonaws.com"
  source_account = "123456789012"
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.work.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = local.second ? 1 : 0
  maximum_event_age_in_seconds = local.second ? 600 : 60

  destination_config {
    on_failure {
      destination = aws_lambda_function.failures.arn
    }
  }
}

resource "aws_lambda_runtime_management_config" "work" {
  function_name     = aws_lambda_function.work.function_name
  update_runtime_on = "Auto"
}

data "aws_lambda_layer_version" "shared" {
  layer_name = aws_lambda_layer_version.shared.layer_name
}

data "aws_lambda_function" "work" {
  function_name = aws_lambda_function.work.function_name
}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_alias.live.function_name
  name          = aws_lambda_alias.live.name
}

data "aws_lambda_functions" "all" {
  depends_on = [aws_lambda_function.work, aws_lambda_function.failures]
}

output "found" {
  value = {
    layer     = data.aws_lambda_layer_version.shared.arn
    function  = data.aws_lambda_function.work.qualified_arn
    alias     = data.aws_lambda_alias.live.function_version
    functions = data.aws_lambda_functions.all.function_names
  }
}
