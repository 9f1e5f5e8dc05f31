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

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

resource "aws_lambda_function" "hello" {
  function_name    = "terraform"
  role             = aws_iam_role.functions.arn
  runtime          = "python3.11"
  handler          = "app.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  publish          = true
  environment {
    variables = {
      STAGE = "test"
    }
  }
  tags = {
    team = "orders"
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.hello.function_name
  function_version = aws_lambda_function.hello.version
}

resource "aws_lambda_permission" "extra" {
  statement_id  = "extra"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "vpc-lattice.amazonaws.com"
  source_arn    = aws_vpclattice_target_group.functions.arn
}

resource "aws_vpclattice_target_group" "functions" {
  name = "terraform"
  type = "LAMBDA"
  config {
    lambda_event_structure_version = "V2"
  }
}

resource "aws_vpclattice_target_group_attachment" "hello" {
  target_group_identifier = aws_vpclattice_target_group.functions.id
  target {
    id = aws_lambda_alias.live.arn
  }
}

resource "aws_vpclattice_service_network" "network" {
  name = "terraform"
}

resource "aws_vpclattice_service" "service" {
  name = "terraform"
}

resource "aws_vpclattice_service_network_service_association" "service" {
  service_identifier         = aws_vpclattice_service.service.id
  service_network_identifier = aws_vpclattice_service_network.network.id
}

resource "aws_vpclattice_service_network_vpc_association" "vpc" {
  vpc_identifier             = "vpc-0123456789abcdef0"
  service_network_identifier = aws_vpclattice_service_network.network.id
}

resource "aws_vpclattice_listener" "http" {
  name               = "http"
  protocol           = "HTTP"
  port               = var.port
  service_identifier = aws_vpclattice_service.service.id
  default_action {
    fixed_response {
      status_code = 404
    }
  }
}

resource "aws_vpclattice_listener_rule" "orders" {
  name                = "orders"
  listener_identifier = aws_vpclattice_listener.http.listener_id
  service_identifier  = aws_vpclattice_service.service.id
  priority            = 20
  match {
    http_match {
      path_match {
        match {
          prefix = "/orders"
        }
      }
    }
  }
  action {
    forward {
      target_groups {
        target_group_identifier = aws_vpclattice_target_group.functions.id
      }
    }
  }
}

output "host" {
  value = aws_vpclattice_service.service.dns_entry[0].domain_name
}
